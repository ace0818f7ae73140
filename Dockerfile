# Labelguard with its detectors and the embedded model's engine; the model itself is fetched into a volume.
# BASE is any image with Python 3.11 to 3.14 and its venv module. LOCK=english leaves out what reads French and Russian.
ARG BASE=docker.io/library/python:3.12-slim-bookworm

FROM ${BASE} AS build
# For a registry or certificates of your own: --build-arg PIP_INDEX_URL=… and so on.
ARG PIP_INDEX_URL PIP_CERT UV_DEFAULT_INDEX SSL_CERT_FILE
ARG LOCK=runtime
# Compiled here, once: what runs may write nothing, and would compile all of it at each start.
ENV UV_COMPILE_BYTECODE=1
WORKDIR /src
RUN python3 -m venv /opt/labelguard
COPY requirements/uv.txt requirements/build.txt requirements/${LOCK}.txt requirements/
RUN /opt/labelguard/bin/python -m pip install --no-cache-dir --require-hashes -r requirements/uv.txt \
 && /opt/labelguard/bin/uv pip install --no-cache --no-deps --require-hashes --python /opt/labelguard \
    -r requirements/build.txt -r requirements/${LOCK}.txt
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY labelguard labelguard
COPY backend backend
COPY handlers handlers
COPY policies policies
COPY prompts prompts
RUN /opt/labelguard/bin/uv pip install --no-cache --no-deps --no-build-isolation --python /opt/labelguard .

FROM ${BASE}
# llama.cpp's threads
RUN apt-get update -q && apt-get install -qy --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/labelguard /opt/labelguard
# Kept small and known: no shell is needed, no home, two folders that may be written.
RUN mkdir /models /state && chown 10001:10001 /models /state
ENV PATH=/opt/labelguard/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LABELGUARD_HOST=0.0.0.0 \
    LABELGUARD_CACHE=/models \
    LABELGUARD_STATE_URL=sqlite:////state/labelguard.db
USER 10001:10001
EXPOSE 9090
ENTRYPOINT ["labelguard"]
CMD ["serve"]
