"""The nodes of the fake AWS: instances behind node groups, volumes, and EC2's limits on tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.refusals import at_most_fifty, refusal

if TYPE_CHECKING:
    from tests.fakes.aws import FakeAws

Answer = dict[str, Any]
MOST_VALUES = 200
"""Of one filter (EC2 API Reference, "List and filter using the CLI and API")."""
MOST_RESOURCES = 1000
"""Of one call (EC2 API Reference, CreateTags, DeleteTags)."""


class Nodes:
    """Operations of EC2 on volumes, and on the tags of instances and volumes."""

    _aws: FakeAws

    def describe_volumes(self, Filters: list[Answer]) -> Answer:  # noqa: N803
        """Those that pass every filter: by the instance that has them, or by a tag."""
        wanted = {told["Name"]: told["Values"] for told in Filters}
        if any(len(values) > MOST_VALUES for values in wanted.values()):
            raise refusal("FilterLimitExceeded", "The maximum number of filter values is 200")
        instances = wanted.pop("attachment.instance-id")
        found = [
            volume
            for volume, instance in self._aws.volumes.items()
            if instance in instances
            and all(self._tag(volume, name) in values for name, values in wanted.items())
        ]
        return {"Volumes": [{"VolumeId": volume} for volume in found]}

    def _tag(self, thing: str, name: str) -> str | None:
        return self._aws.node_tags.get(thing, {}).get(name.removeprefix("tag:"))

    def _tag_nodes(self, things: list[str], tags: list[Answer]) -> None:
        """What CreateTags does to those that are instances or volumes."""
        _at_most(things)
        for thing in set(things) & set(self._aws.node_tags):
            put = {tag["Key"]: tag["Value"] for tag in tags}
            at_most_fifty("TagLimitExceeded", self._aws.node_tags[thing], put)
            self._aws.node_tags[thing] |= put

    def _untag_nodes(self, things: list[str], tags: list[Answer]) -> None:
        """What DeleteTags does: a tag of another value than is named stays."""
        _at_most(things)
        for thing in set(things) & set(self._aws.node_tags):
            have = self._aws.node_tags[thing]
            for tag in tags:
                if have.get(tag["Key"]) == tag.get("Value", have.get(tag["Key"])):
                    have.pop(tag["Key"], None)


def _at_most(things: list[str]) -> None:
    if len(things) > MOST_RESOURCES:
        raise refusal("TooManyResources", "A call takes at most 1000 resources")
