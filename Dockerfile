# The aggregator as a container that keeps to its schedule; docs/install.md says how it is run.
ARG PYTHON=3.11

FROM python:${PYTHON}-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY aggregator ./aggregator
COPY queries ./queries
COPY reports ./reports
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels . \
    && python -m venv /opt/aggregator \
    && /opt/aggregator/bin/pip install --no-cache-dir /wheels/*.whl

FROM python:${PYTHON}-slim
COPY --from=build /opt/aggregator /opt/aggregator
# Settings, secrets and workspace in one folder; nothing else is written to, so that the rest may be read-only.
RUN useradd --system --no-log-init --uid 10001 --home-dir /data aggregator \
    && install --directory --owner=aggregator --group=aggregator --mode=0700 /data
ENV PATH=/opt/aggregator/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    XDG_CACHE_HOME=/data/.cache
USER 10001
WORKDIR /data
VOLUME /data
# No shell in between: the process itself gets the signal, and ends in peace.
STOPSIGNAL SIGTERM
ENTRYPOINT ["aggregator"]
CMD ["schedule"]
HEALTHCHECK --interval=1h --timeout=2m --start-period=10m CMD ["aggregator", "--quiet", "doctor"]
