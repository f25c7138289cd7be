# newsdesk as one image: every service of docker-compose.yml runs it with another command.

FROM python:3.13-slim-trixie AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/newsdesk
WORKDIR /src
# Wheels only, each with the hash it had when it was locked: nothing is compiled, nothing can be swapped.
COPY requirements.lock ./
RUN /opt/newsdesk/bin/pip install --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY workers ./workers
RUN /opt/newsdesk/bin/pip install --no-deps --no-build-isolation . \
    && /opt/newsdesk/bin/pip uninstall --yes setuptools pip

FROM python:3.13-slim-trixie
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin newsdesk \
    && install --directory --owner=newsdesk --group=newsdesk /var/lib/newsdesk
COPY --from=build /opt/newsdesk /opt/newsdesk
COPY config /etc/newsdesk
# Passwords come as files, so that `docker inspect` shows none: each becomes the variable of its name.
COPY --chmod=755 <<'EOF' /usr/local/bin/with-secrets
#!/bin/sh
set -eu
for file in /run/secrets/*; do
    if [ -f "$file" ]; then
        export "$(basename "$file")=$(cat "$file")"
    fi
done
exec "$@"
EOF
ENV PATH=/opt/newsdesk/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    NEWSDESK_CONFIG=/etc/newsdesk \
    NEWSDESK_DATA=/var/lib/newsdesk
USER 10001:10001
# The one place that stays writable: beat keeps its timetable in the working directory.
WORKDIR /var/lib/newsdesk
ENTRYPOINT ["with-secrets"]
CMD ["newsdesk", "--help"]
