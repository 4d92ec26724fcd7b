"""What is said twice in a stream is read once, and what merely looks so is kept."""

from portal.dialects.gathering import Gathering, Opening


def test_a_closing_message_adds_only_what_the_pieces_did_not_bring():
    said = Gathering()
    assert [said.piece("The tide "), said.piece("turns."), said.whole("The tide turns. Soon.")] == [
        "The tide ",
        "turns.",
        " Soon.",
    ]
    assert said.whole("the tide turns, soon") == "", "told in other words it is no second answer"


def test_messages_alone_are_pieces_or_all_so_far():
    pieces, so_far = Gathering(), Gathering()
    assert [pieces.whole("Hel"), pieces.whole("lo.")] == ["Hel", "lo."]
    assert [so_far.whole("Hel"), so_far.whole("Hello."), so_far.whole("Hello.")] == ["Hel", "lo.", ""]


def test_a_last_piece_that_repeats_all_is_none_unless_it_is_short():
    said = Gathering()
    said.piece("The tide turns ")
    said.piece("at six today.")
    assert said.piece("The tide turns at six today.", last=True) == ""
    laughing = Gathering()
    laughing.piece("ha")
    assert laughing.piece("ha", last=True) == "ha"


def test_first_words_of_a_block_stay_where_no_piece_repeats_them():
    opening = Opening()
    assert opening.begin("Hello", "") == ("", "")
    assert opening.piece(" there", "") == ("Hello there", "")
    assert opening.begin("Hello", "") == ("", "")
    assert opening.piece("Hello there", "") == ("Hello there", "")
    opening.begin("Alone", "")
    assert opening.rest() == ("Alone", "")
