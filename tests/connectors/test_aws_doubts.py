"""AWS where it is tempting to believe too much: a missing permission, a search that was cut, a list without end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from werkzeug.wrappers import Request, Response

from bot.domain.model import Delete, Suspend
from bot.practice.company.aws import strict
from bot.practice.company.wire import Application, Fault
from connectors.aws import facts, lending
from connectors.aws.wire import Api
from connectors.interface import Kind, Partly
from tests.connectors import aws_practice, aws_wide
from tests.connectors.aws_practice import AwsHarness, granted
from tests.connectors.contract import error_of

UNTIL = datetime(2026, 12, 1, 17, tzinfo=UTC)


@pytest.fixture
def harness() -> Iterator[AwsHarness]:
    """The account on its first day."""
    with aws_practice.account() as made:
        yield made


def without(harness: AwsHarness, *actions: str) -> None:
    """Our own key may do all but this."""
    less = [{**one, "Action": [each for each in one["Action"] if each not in actions]} for one in granted()]
    document = json.dumps({"Version": "2012-10-17", "Statement": [one for one in less if one["Action"]]})
    harness.backend.put_user_policy("usher", "access-runbooks", document)


def test_one_permission_that_is_missing_makes_no_tasks_of_what_the_others_do(harness: AwsHarness) -> None:
    """Keys are still switched off by us where only certificates cannot be; to delete a user takes all of them."""
    without(harness, "iam:UpdateSigningCertificate", "iam:DetachUserPolicy")
    check = harness.connector.check()
    assert set(check.cannot) == {Delete}
    assert "iam:UpdateSigningCertificate" in " ".join(check.missing)
    without(harness, "iam:PutUserPolicy")
    assert set(harness.connector.check().cannot) == {Suspend}


def test_what_our_own_user_may_not_here_a_role_may_elsewhere(harness: AwsHarness) -> None:
    """With other accounts in the settings, nothing is made a task in all of them because of this one."""
    there = aws_wide.other(harness)
    without(harness, "iam:PutUserPolicy")
    check = there.connector.check()
    assert check.cannot == {}
    assert "iam:PutUserPolicy" in " ".join(check.missing)


def test_an_answer_that_judges_nothing_forbids_nothing(harness: AwsHarness) -> None:
    """A simulation that comes back empty is a fault of the moment, and no reason to hand everything to people."""
    harness.recorded.perform = _empty
    check = harness.connector.check()
    assert not check.ready
    assert check.cannot == {}


def _empty(system: Application, request: Request, fault: Fault | None) -> Response:
    answer = aws_practice.perform(system, request, fault)
    if request.form.get("Action") == "SimulatePrincipalPolicy":
        text = answer.get_data(as_text=True)
        start, end = text.index("<EvaluationResults>"), text.index("</EvaluationResults>")
        answer.set_data(text[:start] + "<EvaluationResults>" + text[end:])
    return answer


def test_an_open_account_that_was_not_searched_is_told_beside_what_was_found(harness: AwsHarness) -> None:
    """One of many does not answer: her user in the account of our key is named, and somebody looks in the other."""
    there = aws_wide.other(harness)
    asked: list[str] = []

    def perform(system: Application, request: Request, fault: Fault | None) -> Response:
        asked.append(request.form.get("Action", ""))
        if asked[-1] == "GetAccountAuthorizationDetails" and asked.count(asked[-1]) > 1:
            return strict.error("ServiceFailure", "Practice fault", 500)
        return aws_practice.perform(system, request, fault)

    harness.recorded.perform = perform
    with pytest.raises(Partly) as caught:
        there.connector.find(aws_wide.EMAIL)
    assert there.number in caught.value.said
    assert [one.native_id for one in aws_wide.hers(caught.value.found)] == [harness.link.native_id]


def test_a_list_that_goes_on_where_it_began_is_no_list() -> None:
    """It would be read for ever."""
    turns = [0]

    class Endless:
        """IAM that names the same next page again and again."""

        def list_users(self, **_given: object) -> dict[str, object]:
            """One page."""
            turns[0] += 1
            assert turns[0] < 100
            return {"Users": [], "IsTruncated": True, "Marker": "m", "ResponseMetadata": {"RequestId": "1"}}

    api = Api(lambda _service, _region: Endless())
    assert error_of(lambda: api.every("ListUsers", "Users")).kind is Kind.TRANSIENT


@pytest.mark.parametrize("own", ["aws:CurrentTime", "AWS:currenttime"])
def test_a_policy_with_an_end_of_its_own_is_not_lent_for_longer(own: str) -> None:
    """Both ends hold, and the one that Usher wrote is the one it moves."""
    policy = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Condition": {"DateLessThan": {own: "2026-11-30"}}}]}
    for until in (UNTIL, UNTIL + timedelta(hours=2)):
        lent = json.loads(facts.until(json.dumps(policy), until))
        condition = lent["Statement"][0]["Condition"]
        assert condition["DateLessThan"] == {own: "2026-11-30"}
        assert condition["DateLessThanEquals"] == {"aws:CurrentTime": f"{until:%Y-%m-%dT%H:%M:%SZ}"}
        assert lending.end_of(lent) == until
