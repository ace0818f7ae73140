# Label Studio as its own image has it, where no image registry is reached.
ARG BASE
FROM ${BASE}
ARG PIP_INDEX_URL PIP_CERT UV_DEFAULT_INDEX SSL_CERT_FILE
COPY requirements/uv.txt requirements/label-studio.txt /src/
RUN python3 -m venv /opt/ls \
 && /opt/ls/bin/python -m pip install --no-cache-dir --require-hashes -r /src/uv.txt \
 && /opt/ls/bin/uv pip install --no-cache --no-deps --require-hashes --python /opt/ls -r /src/label-studio.txt \
 && mkdir -p /label-studio/data && chown -R 1001:0 /label-studio
ENV PATH=/opt/ls/bin:$PATH HOME=/label-studio LABEL_STUDIO_BASE_DATA_DIR=/label-studio/data
USER 1001:0
EXPOSE 8080
CMD ["label-studio", "start", "--no-browser", "--internal-host", "0.0.0.0", "--port", "8080"]
