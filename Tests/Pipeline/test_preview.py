import preview


def test_a_good_broker_passes(broker, capsys):
    assert preview.main(["--broker", str(broker)]) == 0
    assert "BROKEN" not in capsys.readouterr().out


def test_a_broker_that_cannot_store_is_found_out(spoilt, capsys):
    failing = spoilt("failing-preview", SYNC_GOOD=5)
    assert preview.main(["--broker", str(failing)]) in (preview.BROKEN, preview.UNAVAILABLE)
