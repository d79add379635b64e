# Neurarium in a container.
#
#   docker build -t neurarium .                               torch as the package index has it
#   docker build -t neurarium --build-arg TORCH_INDEX=URL .   torch from another wheel index: give
#                                                             the CPU one for a small image, a
#                                                             CUDA one for a card
#   docker run -p 127.0.0.1:8000:8000 -v neurarium:/data neurarium

FROM python:3.12-slim AS build
ARG TORCH_INDEX=""
RUN python -m venv /venv
ENV PATH="/venv/bin:$PATH" PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
# torch first and alone: it is most of the image and changes least. Of one release pip prefers a
# build with a local name (2.13.0+cpu) over the plain one, so naming the index is enough.
COPY constraints/py312.txt constraints/
RUN pip install --constraint constraints/py312.txt ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} torch
# The build hook makes the page with a Node from a Python package: no Node image is needed.
COPY . .
RUN pip install --constraint constraints/py312.txt .

FROM python:3.12-slim
RUN useradd --create-home neurarium && install -d -o neurarium /data
COPY --from=build /venv /venv
ENV PATH="/venv/bin:$PATH" PYTHONUNBUFFERED=1
USER neurarium
VOLUME /data
EXPOSE 8000
CMD ["neurarium", "serve", "--host", "0.0.0.0", "--port", "8000", "--data", "/data"]
