from slm_instrument.counting import count_of


def test_one_is_no_plural():
    assert [count_of(n, "call") for n in (0, 1, 2, 1200)] == ["0 calls", "1 call", "2 calls", "1,200 calls"]
    assert count_of(2, "entry", "entries") == "2 entries"
