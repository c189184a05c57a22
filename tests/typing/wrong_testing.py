"""What is not of a topic's types is refused where it is piped in, or taken for something else."""

from streamz_core import App, Record
from streamz_core.testing import AppTest

app = App("shop")
numbers = app.topic("numbers", key=str, value=int)


def wrong(t: AppTest) -> None:
    sent = t.input_topic(numbers)
    sent.pipe_input("seven")  # refused: a value of another type [call-overload]
    sent.pipe_input(7, 7)  # refused: a key of another type [call-overload]
    sent.pipe_input("a", 7, at=0)  # refused: no such part of a record [call-overload]
    sent.pipe_input(Record("a", "seven", 0))  # refused: a record of other types [arg-type]
    sent.pipe_value_list(["seven"])  # refused: values of another type [list-item]
    sent.pipe_key_value_list([(7, 7)])  # refused: keys of another type [list-item]
    sent.pipe_record_list([7])  # refused: no record [list-item]
    sent.advance_time(None)  # refused: no span of time [arg-type]
    t.input_topic(numbers, advance=[])  # refused: no span of time [call-overload]
    read = t.output_topic(numbers)
    read.read_value().upper()  # refused: a number [attr-defined]
    read.read_key_value()[0].bit_length()  # refused: the key is text [attr-defined]
    read.read_record().value.upper()  # refused: a number [attr-defined]
    read.read_values_to_list()[0].upper()  # refused: a number [attr-defined]
    read.read_key_values_to_list()[0][1].upper()  # refused: a number [attr-defined]
    read.read_key_values_to_map()["a"].upper()  # refused: a number [attr-defined]
    read.read_records_to_list()[0].value.upper()  # refused: a number [attr-defined]
    read.is_empty()  # refused: it is no function [operator]
    read.queue_size()  # refused: it is no function [operator]
