# The commands vmaf and visq in a container: docker build -t visq .
#   docker run --rm -v "$PWD:/clips" visq original.mp4 encode.mp4
# The first stage runs what README.md says under "Install". tests/packages runs these steps on new
# machines, and sees that the container stays below 300 MB, of which the system has 83, ONNX Runtime
# 35 and libav, with what it stands on, most of the others.
FROM debian:13-slim AS build
WORKDIR /visq
COPY . .
RUN ./setup --with packages
RUN cmake --preset packages && cmake --build --preset packages

FROM debian:13-slim
RUN --mount=type=bind,from=build,source=/visq/build/packages,target=/packages \
    apt-get update && \
    apt-get install -y --no-install-recommends /packages/libvmaf3-visq_*.deb \
      /packages/visq_*.deb && \
    rm -rf /var/lib/apt/lists/* && \
    useradd --create-home --uid 10001 visq
USER 10001
WORKDIR /clips
ENTRYPOINT ["visq"]
