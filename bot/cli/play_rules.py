"""The play of the rules: a plan that the company's rules cover is approved by them, and says so."""

from __future__ import annotations

from bot.cli.deeds import finish, gone, judge
from bot.cli.scene import Scene

_RULES = """
rules:
  - rule: busy repositories
    when: {systems: [github], contracts: [employee], kinds: [repository role, "organisation *"]}
    then: ask
  - rule: plain contractors
    when: {contracts: [contractor]}
    then: auto
  - rule: contractors with power
    when: {contracts: [contractor], privileged: yes}
    then: auto
"""


def play(scene: Scene) -> None:
    """The company writes three rules; Priya, a contractor, leaves, and they approve her plan."""
    scene.tell("Lumen Works writes down what needs no meeting: a contractor's access may end without anybody's yes.")
    scene.policy(_RULES)
    request = scene.offboard("priya")
    said = scene.says(request, "Approved by the company's rules")
    scene.show(said)
    finish(scene, request)
    judge(scene, request)
    gone(scene, "priya")
