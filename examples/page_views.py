"""Page views by region: a stream joined with a table of users, counted in hopping windows.

In Kafka Streams this is the demo PageViewTyped. In the folder of this file:

    $ echo 'ann:{"region": "eu"}' | streamz topics produce users -K : -T 0 --app page_views.py
    $ echo 'ann:{"page": "/", "at": 65000}' | streamz topics produce views -K : --app page_views.py
    $ streamz run page_views.py --until end
    $ streamz topics consume views-by-region -K = -e --app page_views.py
    {"key":"eu","start":10000,"end":70000}=1
    {"key":"eu","start":20000,"end":80000}=1
    {"key":"eu","start":30000,"end":90000}=1
    {"key":"eu","start":40000,"end":100000}=1
    {"key":"eu","start":50000,"end":110000}=1
    {"key":"eu","start":60000,"end":120000}=1

A view counts in all six windows of a minute that were open when it happened.
"""

from attrs import frozen

from streamz_core import App, Record, hopping

app = App("page-views")


@frozen
class User:
    region: str


@frozen
class View:
    page: str
    at: int  # ms UTC: when the page was looked at, not when we heard of it


@frozen
class RegionalView:
    region: str
    page: str


def viewed_at(record: Record[str, View], _partition_time: int) -> int:
    return record.value.at


views = app.stream("views", key=str, value=View, timestamp=viewed_at)
users = app.table("users", key=str, value=User)


@views.join(users, how="left")
def regional(view: View, user: User | None) -> RegionalView:
    return RegionalView(user.region if user else "unknown", view.page)


@regional.group_by
def by_region(view: RegionalView) -> str:
    return view.region


per_minute = by_region.window(hopping("1m", "10s", grace="1d"))
views_by_region = per_minute.count(name="views-by-region", retention="2d")
views_by_region.to("views-by-region")
