# A small image with the binary and root certificates, nothing else; runs as an unprivileged user.
#
#   docker build -t anabranch .
#   docker run --rm -p 4000:4000 -v "$PWD:/etc/anabranch:ro" anabranch
#
# The configuration is what is mounted at /etc/anabranch: upstreams.toml and the schema files that it names.

FROM rust:1.95-slim-bookworm AS build
WORKDIR /build
COPY Cargo.toml Cargo.lock ./
COPY benches benches
COPY console/dist console/dist
COPY src src
RUN cargo build --locked --release --bin anabranch

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /build/target/release/anabranch /usr/local/bin/anabranch
COPY LICENSE-MIT LICENSE-APACHE /usr/share/doc/anabranch/
WORKDIR /etc/anabranch
EXPOSE 4000 4001
ENTRYPOINT ["/usr/local/bin/anabranch"]
CMD ["serve", "--listen", "0.0.0.0:4000", "--admin-listen", "0.0.0.0:4001", "--log-format", "json"]
