"""A topic of json_of is JSON for everybody: without the app too."""

APP = """
from attrs import frozen
from streamz_core import App, json_of

@frozen
class Click:
    url: str
    size: int

app = App("shop")
app.stream("clicks", key=str, value=json_of(Click)).to("copies")
"""


def test_lines_of_json_go_in_by_the_app_and_come_out_without_it(cli, tmp_path):
    program = tmp_path / "app.py"
    program.write_text(APP)
    cli("topics", "create", "clicks", "--partitions", 1)
    bad = cli("topics", "produce", "clicks", "--app", program, stdin='{"url":"/","sise":1}\n')
    assert (bad.code, "Click has no field 'sise' (did you mean size?)" in bad.err) == (1, True)
    cli("topics", "produce", "clicks", "--app", program, stdin='{"size": 1, "url": "/"}\n')
    assert cli("topics", "consume", "clicks", "-e").out == '{"url":"/","size":1}\n'
    described = cli("topics", "describe", "clicks")
    assert "json" in described.out + described.err
