package com.contextdrag;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Executors;

/** An API on this machine that gives the answers it is told, and records the requests. */
final class FakeApi implements AutoCloseable {
    record Asked(String method, String path, Headers headers, byte[] body) {}

    record Reply(int status, byte[] body, Map<String, String> headers) {}

    /** The connection breaks off without a response. */
    static final Reply RESET = new Reply(0, new byte[0], Map.of());

    final List<Asked> asked = new ArrayList<>();
    Runnable onRequest = () -> {};
    private final Queue<Reply> replies = new ArrayDeque<>();
    private final HttpServer server;

    FakeApi(Reply... all) throws IOException {
        replies.addAll(List.of(all));
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", this::handle);
        server.setExecutor(Executors.newCachedThreadPool());
        server.start();
    }

    static Reply reply(int status, String body, String... headers) {
        Map<String, String> all = headers.length == 0 ? Map.of() : Map.of(headers[0], headers[1]);
        return new Reply(status, body.getBytes(StandardCharsets.UTF_8), all);
    }

    static Reply problem(int status, String code, String... headers) {
        String body = """
                {"type": "urn:x", "title": "x", "status": %d, "code": "%s", "detail": "d"}"""
                .formatted(status, code);
        return reply(status, body, headers);
    }

    static Reply edit(String status) {
        return reply(200, """
                {"id": "edit_1", "status": "%s", "model": "instant", "mode": "live", "seed": 1, "steps": 1,
                 "progress": {"step": 0, "steps": 1}, "image": {"width": 1, "height": 1},
                 "workingSize": {"width": 1, "height": 1}, "warnings": [], "metadata": {},
                 "price": {"amount": 1, "currency": "USD", "version": "1"},
                 "urls": {"self": "", "events": "", "cancel": "", "result": ""},
                 "createdAt": "", "updatedAt": "", "aFieldOfTheFuture": {}}""".formatted(status));
    }

    String origin() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        onRequest.run();
        byte[] body = exchange.getRequestBody().readAllBytes();
        String path = exchange.getRequestURI().toString();
        asked.add(new Asked(exchange.getRequestMethod(), path, exchange.getRequestHeaders(), body));
        Reply reply = replies.isEmpty() ? problem(500, "internal") : replies.remove();
        // To fail here closes the connection.
        if (reply == RESET) throw new IOException("no response");
        reply.headers().forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
        boolean empty = reply.body().length == 0;
        exchange.sendResponseHeaders(reply.status(), empty ? -1 : reply.body().length);
        exchange.getResponseBody().write(reply.body());
        exchange.close();
    }
}
