"""What is said twice in a stream is read once, and what merely looks so is kept."""

from portal.dialects.accumulators import BlockStart, TextAccumulator


def test_a_closing_message_adds_only_what_the_pieces_did_not_bring():
    said = TextAccumulator()
    assert [said.delta("The tide "), said.delta("turns."), said.message("The tide turns. Soon.")] == [
        "The tide ",
        "turns.",
        " Soon.",
    ]
    assert said.message("the tide turns, soon") == "", "told in other words it is no second answer"


def test_messages_alone_are_pieces_or_all_so_far():
    pieces, so_far = TextAccumulator(), TextAccumulator()
    assert [pieces.message("Hel"), pieces.message("lo.")] == ["Hel", "lo."]
    assert [so_far.message("Hel"), so_far.message("Hello."), so_far.message("Hello.")] == ["Hel", "lo.", ""]


def test_a_last_piece_that_repeats_all_is_none_unless_it_is_short():
    said = TextAccumulator()
    said.delta("The tide turns ")
    said.delta("at six today.")
    assert said.delta("The tide turns at six today.", last=True) == ""
    laughing = TextAccumulator()
    laughing.delta("ha")
    assert laughing.delta("ha", last=True) == "ha"


def test_first_words_of_a_block_stay_where_no_piece_repeats_them():
    opening = BlockStart()
    assert opening.begin("Hello", "") == ("", "")
    assert opening.delta(" there", "") == ("Hello there", "")
    assert opening.begin("Hello", "") == ("", "")
    assert opening.delta("Hello there", "") == ("Hello there", "")
    opening.begin("Alone", "")
    assert opening.rest() == ("Alone", "")
