# syntax=docker/dockerfile:1
# The operator alone: nothing of the sandbox, the tests or the tools is in it.

# For an image that can be made again byte for byte, name the base by its digest:
#   docker build --build-arg PYTHON_IMAGE=python:3.13-slim@sha256:... .
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
WORKDIR /src
# The libraries first: they change less often than the operator.
COPY requirements/operator.txt requirements/operator.txt
RUN python -m venv /opt/operator \
    && /opt/operator/bin/pip install --no-cache-dir --disable-pip-version-check \
       --require-hashes --only-binary :all: -r requirements/operator.txt
COPY requirements/build.txt requirements/build.txt
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --disable-pip-version-check \
       --require-hashes --only-binary :all: -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY operator operator
RUN /opt/build/bin/pip wheel --no-cache-dir --disable-pip-version-check \
       --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/operator/bin/pip install --no-cache-dir --disable-pip-version-check \
       --no-deps /wheels/*.whl \
    && /opt/operator/bin/pip uninstall --yes pip

FROM ${PYTHON_IMAGE}
# The base's own pip, and the one that ensurepip would unpack: nothing is installed where the operator runs.
RUN python -m pip uninstall --yes pip \
    && rm -rf /usr/local/lib/python3*/ensurepip
COPY --from=build /opt/operator /opt/operator
# A number, so that the kubelet can tell that it is not root. Nothing is written outside of /tmp.
USER 65532:65532
WORKDIR /tmp
# Of the C library: by default it has eight arenas for each core of the node, each keeping what it once had,
# and gives back the less the larger what it was last asked for; for 150 clusters that is 13 MB.
ENV PATH=/opt/operator/bin:$PATH \
    MALLOC_ARENA_MAX=2 \
    MALLOC_TRIM_THRESHOLD_=131072 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
EXPOSE 8080
ENTRYPOINT ["sigopt-operator"]
CMD ["run"]
