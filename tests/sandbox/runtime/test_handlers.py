"""kopf's handlers on a real API server, with the rights of deploy/base and no more."""

from datetime import timedelta

from tests.sandbox.runtime.clusters import NO_FINALIZERS, Administrator
from tests.sandbox.runtime.conftest import Deployed
from tests.sandbox.runtime.operators import Look, running
from tests.waiting import until

from sigopt_operator.api import resource


async def test_the_finalizer_stands_before_the_first_round(
    deployed: Deployed, admin: Administrator
) -> None:
    async with running(deployed.operator) as operator:
        await operator.until_leading()
        admin.create("a")
        looks = await operator.until(lambda: operator.look.of(admin.key("a")), "a round")
        assert looks[0] == Look(admin.key("a"), 1, finalizer=True)


async def test_what_existed_before_the_start_gets_a_round(
    deployed: Deployed, admin: Administrator
) -> None:
    admin.create("a")
    async with running(deployed.operator) as operator:
        looks = await operator.until(lambda: operator.look.of(admin.key("a")), "a round")
        assert looks[0].finalizer


async def test_an_edit_of_the_spec_gets_a_round(deployed: Deployed, admin: Administrator) -> None:
    async with running(deployed.operator) as operator:
        admin.create("a")
        await operator.until(lambda: operator.look.of(admin.key("a")), "a round")
        admin.patch("a", {"spec": {"cpu": {"maxNodes": 5}}})
        edited = Look(admin.key("a"), 2, finalizer=True)
        await operator.until(lambda: edited in operator.look.looks, "a round of the edit")


async def test_nothing_but_the_spec_gets_a_round(deployed: Deployed, admin: Administrator) -> None:
    """Neither our own status nor anybody's labels: each status would beget the next."""
    async with running(deployed.operator) as operator:
        admin.create("a")
        await operator.until(lambda: admin.read("a")["status"].get("phase"), "a status")
        admin.patch("a", {"metadata": {"labels": {"team": "ml"}, "annotations": {"x": "y"}}})
        # Events of one object come in order: when the edit has its round, the rest had none.
        admin.patch("a", {"spec": {"cpu": {"maxNodes": 5}}})
        await operator.until(
            lambda: operator.look.of(admin.key("a"))[-1].generation == 2, "a round of the edit"
        )
        assert [look.generation for look in operator.look.of(admin.key("a"))] == [1, 2]


async def test_a_deletion_waits_until_a_round_releases_it(
    deployed: Deployed, admin: Administrator
) -> None:
    async with running(deployed.operator) as operator:
        admin.create("a")
        await operator.until(lambda: operator.look.of(admin.key("a")), "a round")
        admin.delete("a")
        # Many rounds, and with each a status: kopf then knows an older resourceVersion.
        await operator.until(
            lambda: sum(look.deleting for look in operator.look.of(admin.key("a"))) > 3,
            "rounds of the deletion",
        )
        assert resource.FINALIZER in admin.read("a")["metadata"]["finalizers"]
        operator.look.release.set()
        await operator.until(lambda: admin.find("a") is None, "gone")


async def test_an_edit_during_a_deletion_gets_a_round(
    deployed: Deployed, admin: Administrator
) -> None:
    async with running(deployed.operator) as operator:
        operator.look.patience = timedelta(hours=1)
        admin.create("a")
        await operator.until(lambda: operator.look.of(admin.key("a")), "a round")
        admin.delete("a")
        await operator.until(lambda: operator.look.of(admin.key("a"))[-1].deleting, "the deletion")
        admin.patch("a", {"spec": {"deletionPolicy": "Retain"}})
        edited = admin.read("a")["metadata"]["generation"]
        await operator.until(
            lambda: operator.look.of(admin.key("a"))[-1].generation == edited, "the edit"
        )


async def test_a_deletion_goes_on_after_a_restart(deployed: Deployed, admin: Administrator) -> None:
    async with running(deployed.operator) as first:
        admin.create("a")
        await first.until(lambda: first.look.of(admin.key("a")), "a round")
        admin.delete("a")
        await first.until(lambda: first.look.of(admin.key("a"))[-1].deleting, "the deletion began")
    assert resource.FINALIZER in admin.read("a")["metadata"]["finalizers"]
    async with running(deployed.operator) as second:
        looks = await second.until(lambda: second.look.of(admin.key("a")), "a round")
        assert looks[0].deleting
        second.look.release.set()
        await second.until(lambda: admin.find("a") is None, "gone")


async def test_a_deletion_while_no_operator_runs_waits_for_one(
    deployed: Deployed, admin: Administrator
) -> None:
    async with running(deployed.operator) as first:
        admin.create("a")
        await first.until(lambda: first.look.of(admin.key("a")), "a round")
    admin.delete("a")
    assert admin.find("a") is not None
    async with running(deployed.operator) as second:
        second.look.release.set()
        await second.until(lambda: admin.find("a") is None, "gone")


async def test_one_that_was_let_go_by_hand_does_not_hold_up_its_successor(
    deployed: Deployed, admin: Administrator
) -> None:
    async with running(deployed.operator) as operator:
        admin.create("a")
        await operator.until(lambda: operator.look.of(admin.key("a")), "a round")
        admin.delete("a")
        await operator.until(lambda: operator.look.of(admin.key("a"))[-1].deleting, "the deletion")
        admin.patch("a", NO_FINALIZERS)
        await until(lambda: admin.find("a") is None, "gone")
        admin.create("a")
        await operator.until(
            lambda: operator.look.of(admin.key("a"))[-1] == Look(admin.key("a"), 1, finalizer=True),
            "a round of the successor",
        )
        admin.delete("a")
        await operator.until(lambda: operator.look.of(admin.key("a"))[-1].deleting, "the deletion")
        assert resource.FINALIZER in admin.read("a")["metadata"]["finalizers"]
        operator.look.release.set()
        await operator.until(lambda: admin.find("a") is None, "gone")


async def test_finalizers_of_others_stay(deployed: Deployed, admin: Administrator) -> None:
    async with running(deployed.operator) as operator:
        admin.create("a", finalizers=["example.com/theirs"])
        await operator.until(lambda: operator.look.of(admin.key("a")), "a round")
        operator.look.release.set()
        admin.delete("a")
        await operator.until(
            lambda: admin.read("a")["metadata"]["finalizers"] == ["example.com/theirs"], "released"
        )


async def test_no_annotation_is_ever_written(deployed: Deployed, admin: Administrator) -> None:
    async with running(deployed.operator) as operator:
        admin.create("a")
        await operator.until(lambda: admin.read("a")["status"].get("phase"), "a status")
        admin.patch("a", {"spec": {"cpu": {"maxNodes": 5}}})
        await operator.until(
            lambda: operator.look.of(admin.key("a"))[-1].generation == 2, "a round"
        )
        admin.delete("a")
        await operator.until(lambda: operator.look.of(admin.key("a"))[-1].deleting, "the deletion")
        assert "annotations" not in admin.read("a")["metadata"]


async def test_only_the_namespaces_of_the_settings_are_served(
    deployed: Deployed, admin: Administrator
) -> None:
    async with running(deployed.operator, namespaces=("default",)) as operator:
        await operator.until_leading()
        admin.create("a")
        async with running(deployed.operator, namespaces=(admin.namespace,)) as other:
            await other.until(lambda: other.look.of(admin.key("a")), "a round")
        assert operator.look.looks == []
