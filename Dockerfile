# Two stages: the first installs what requirements.lock names, by hash; the second holds that and our code, no more.
FROM python:3.11-slim-bookworm AS build
COPY requirements.lock .
RUN python -m venv --without-pip /opt/usher \
 && pip --python /opt/usher/bin/python install --no-cache-dir --only-binary :all: --require-hashes -r requirements.lock

FROM python:3.11-slim-bookworm
# Nothing is ever installed into a running container.
RUN pip uninstall --yes --quiet --root-user-action ignore setuptools wheel pip \
 && groupadd --gid 10001 usher \
 && useradd --uid 10001 --gid usher --home-dir /data --create-home --shell /usr/sbin/nologin usher
COPY --from=build /opt/usher /opt/usher
WORKDIR /usher
COPY app.py pyproject.toml LICENSE ./
COPY bot bot
COPY connectors connectors
COPY migrations migrations
COPY docs/manifest.socket.json docs/
COPY docs/teams docs/teams
ENV PATH=/opt/usher/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    USHER_HOST=0.0.0.0 \
    USHER_PORT=8000
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=4s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f'http://127.0.0.1:{os.environ[\"USHER_PORT\"]}/healthz', timeout=3)"]
CMD ["python", "app.py", "serve"]
