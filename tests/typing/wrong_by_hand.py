"""What may be said wrongly of a topology by hand: each marked line is an error, and no other line is."""

from collections.abc import Iterator, MutableMapping

from streamz_core import App, Context, Processor, ProcessorContext, Record


class Upper(Processor[str, str, str, str]):
    def process(self, record: Record[str, str]) -> None:
        self.context.forward(record.with_value(1))  # refused: forwards texts [arg-type]
        self.context.forward(record.value)  # refused: a record [arg-type]
        self.context.forward(record, 5)  # refused: a child is named [arg-type]
        record.value.append("x")  # refused: texts have none [attr-defined]


class Timed(Processor[str, str, str, str]):
    def init(self, context: ProcessorContext[str, str]) -> None:
        context.schedule("10s", self.process)  # refused: it is handed the time [arg-type]
        context.schedule("10s", self.tick, clock="sundial")  # refused: no such clock [arg-type]
        context.schedule(self.tick)  # refused: how often is not said [call-arg]
        context.cancel("tick")  # refused: what schedule() gives is cancelled [attr-defined]

    def process(self, record: Record[str, str]) -> None:
        pass

    def tick(self, time: int) -> None:
        pass


def later(context: ProcessorContext[str, int]) -> None:
    context.commit("now")  # refused: it takes nothing [call-arg]
    context.get_state_store(5)  # refused: by its name [arg-type]


class Undone(Processor[str, str, str, str]):
    pass


def yields(record: Record[str, str], ctx: Context) -> Iterator[Record[str, str]]:
    yield record


app = App("by-hand")
topology = app.topology
texts = topology.add_source("texts", "in", key=str, value=str)
numbers = topology.add_source("numbers", "in2", key=str, value=int)
pages = app.topic("pages", key=str, value=int)
table = app.table("table", key=str, value=str)
Undone()  # refused: nothing takes records [abstract]
upper = topology.add_processor("upper", Upper, texts)
topology.add_processor("a", Upper, numbers)  # refused: takes texts [arg-type]
topology.add_processor("b", Upper(), texts)  # refused: its class, or what makes one [arg-type]
topology.add_processor("c", yields, texts)  # refused: functions are of stream.process [arg-type]
topology.add_processor("d", Upper, table)  # refused: a table is no stream [arg-type]
topology.add_processor("e", Upper, texts, stores=["last"])  # refused: stores, not names [list-item]
topology.add_processor(Upper, "f", texts)  # refused: its name comes first [arg-type]
topology.add_source("g", topic="in3")  # refused: topics follow the name [call-overload]
topology.add_sink("h", pages, upper)  # refused: a topic of numbers [misc]
topology.add_sink("i", upper, "pages")  # refused: the topic comes before the parents [arg-type]
topology.add_state_store("last", "upper")  # refused: a store, not its name [arg-type]
topology.connect_processor_and_state_stores(upper, "last")  # refused: by its name [arg-type]
upper.filter(lambda text: text > 1)  # refused: they are texts [operator]
sums = app.store("sums", key=str, value=int)
windows = app.window_store("windows", key=str, value=int, size="1m", retention="1h")
topology.add_global_store(windows, "s1", "t1", "j", Upper)  # refused: rows by key [arg-type]
topology.add_global_store(sums, "s2", pages, "k", Upper)  # refused: takes texts [arg-type]
topology.add_read_only_state_store(sums, "s3", "t3", "l")  # refused: nothing fills it [call-arg]
view = topology.add_read_only_state_store(sums, "s4", "t4", "m", Upper)


def writing(text: str, sums: MutableMapping[str, int]) -> str:
    return text


upper.map_values(writing, store=view)  # refused: it is only read [call-overload]
