"""Wishes that the API server takes and that are wrong all the same, each in another way.

Only AWS, a Secret or a kubeconfig tells: so the operator says it, in a condition, within seconds.
"""

from tests.bad.of_aws import OF_AWS
from tests.bad.of_keys import OF_KEYS
from tests.bad.of_kubeconfigs import OF_KUBECONFIGS

BAD_WISHES = (*OF_AWS, *OF_KEYS, *OF_KUBECONFIGS)
