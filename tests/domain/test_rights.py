from portal.domain.permissions import GRANTABLE, PERMISSION_GROUPS, Permission
from portal.domain.rights import Rights, of_role, together

CHAT, MANAGE = Permission.CHAT, Permission.USER_MANAGE


def test_rights_cover_what_they_hold_and_nothing_more():
    one, both = Rights(frozenset({CHAT})), Rights(frozenset({CHAT, MANAGE}))
    assert both.covers(one)
    assert one.covers(one)
    assert not one.covers(both)
    assert Rights().covers(Rights())


def test_holding_every_permission_of_today_is_less_than_being_administrator():
    today, administrator = Rights(GRANTABLE), of_role("administrator", ())
    assert administrator.covers(today)
    assert not today.covers(administrator)


def test_a_built_in_role_grants_what_the_code_says_whatever_is_stored():
    assert of_role("developer", ["user.manage"]).permissions >= {CHAT}
    assert MANAGE not in of_role("developer", ["user.manage"]).permissions


def test_a_stored_name_that_no_version_knows_grants_nothing():
    assert of_role(None, ["chat.use", "rocket.launch", "public", "signed_in", ""]) == Rights(frozenset({CHAT}))
    assert of_role("emperor", ["chat.use"]) == Rights()


def test_several_roles_hold_their_union():
    whole = together([Rights(frozenset({CHAT})), Rights(frozenset({MANAGE})), Rights(everything=True)])
    assert whole == Rights(frozenset({CHAT, MANAGE}), everything=True)
    assert together([]) == Rights()


def test_what_lies_beyond_is_named():
    assert Rights(frozenset({CHAT})).beyond([CHAT, MANAGE]) == {MANAGE}
    assert Rights(everything=True).beyond(GRANTABLE) == frozenset()


def test_every_permission_that_a_role_can_hold_is_explained_once():
    explained = [grant.permission for _, grants in PERMISSION_GROUPS for grant in grants]
    assert sorted(explained) == sorted(GRANTABLE)
