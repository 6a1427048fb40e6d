package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.admin.Contract.Operation;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;

/** The contract as one page of HTML: no script, no fetch, its style allowed by hash. */
final class ContractPage {
  private static final String STYLE =
      """
      body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;\
      color:#1c2530;background:#fff}
      h1{margin-bottom:0}h2{margin-top:2rem;border-bottom:1px solid #ccd}
      pre,code{font:13px/1.5 ui-monospace,monospace}p,pre{white-space:pre-line}
      pre{background:#f5f6f8;padding:.7rem;overflow:auto;white-space:pre}
      details{border:1px solid #dde;border-radius:6px;margin:.4rem 0;padding:.3rem .7rem}
      summary{cursor:pointer}b.m{display:inline-block;min-width:4.2em;color:#0a58a8}
      .role{float:right;color:#667;font-size:13px}td{vertical-align:top;padding:.1rem .8rem .1rem 0}
      @media(prefers-color-scheme:dark){body{color:#dde3ea;background:#14181d}pre{background:#1d232a}
      details{border-color:#333c46}b.m{color:#6cb2f5}}
      """;
  private static final String POLICY =
      "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none';"
          + " style-src 'sha256-"
          + Base64.getEncoder()
              .encodeToString(ApiTokenText.sha256(STYLE.getBytes(StandardCharsets.UTF_8)))
          + "'";

  private final Contract contract;
  private final StringBuilder html = new StringBuilder();

  private ContractPage(Contract contract) {
    this.contract = contract;
  }

  static ContractPage of(Contract contract) {
    ContractPage page = new ContractPage(contract);
    page.render();
    return page;
  }

  Reply reply() {
    return Reply.of(
            200, "text/html; charset=utf-8", html.toString().getBytes(StandardCharsets.UTF_8))
        .header("Content-Security-Policy", POLICY);
  }

  private void render() {
    JsonNode info = contract.document().path("info");
    html.append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">")
        .append("<meta name=\"viewport\" content=\"width=device-width\"><title>")
        .append(text(info.path("title")))
        .append("</title><style>")
        .append(STYLE)
        .append("</style></head><body><h1>")
        .append(text(info.path("title")))
        .append("</h1><p>")
        .append(text(info.path("description")))
        .append(
            "</p><p><a href=\"/openapi.yaml\">openapi.yaml</a> · <a href=\"/console/\">Console</a></p>");
    for (JsonNode tag : contract.document().path("tags")) {
      html.append("<h2>").append(text(tag.path("name"))).append("</h2><p>");
      html.append(text(tag.path("description"))).append("</p>");
      contract.operations().stream()
          .filter(operation -> operation.node().path("tags").path(0).equals(tag.path("name")))
          .forEach(this::render);
    }
    html.append("<h2>schemas</h2>");
    for (Map.Entry<String, JsonNode> schema :
        contract.document().path("components").path("schemas").properties()) {
      String name = escape(schema.getKey());
      html.append("<details id=\"").append(name).append("\"><summary>").append(name);
      html.append("</summary>").append(schema(schema.getValue())).append("</details>");
    }
    html.append("</body></html>");
  }

  private void render(Operation operation) {
    JsonNode node = operation.node();
    String role = operation.role().map(Names::of).orElse("no token");
    html.append("<details><summary><b class=\"m\">")
        .append(operation.method().name())
        .append("</b> <code>")
        .append(escape(operation.path()))
        .append("</code><span class=\"role\">")
        .append(role)
        .append(" · ")
        .append(Names.of(operation.scope()))
        .append("</span><br>")
        .append(text(node.path("summary")))
        .append("</summary><p>")
        .append(text(node.path("description")))
        .append("</p>");
    parameters(operation);
    JsonNode body = node.path("requestBody").path("content");
    if (!body.isMissingNode()) {
      html.append("<p>Body</p>");
      content(body);
    }
    for (Map.Entry<String, JsonNode> response : node.path("responses").properties()) {
      JsonNode resolved = contract.resolve(response.getValue());
      html.append("<p>").append(escape(response.getKey())).append(": ");
      html.append(text(resolved.path("description"))).append("</p>");
      content(resolved.path("content"));
    }
    html.append("</details>");
  }

  private void parameters(Operation operation) {
    html.append("<table>");
    JsonNode shared = contract.document().path("paths").path(operation.path()).path("parameters");
    shared.forEach(this::parameter);
    operation.node().path("parameters").forEach(this::parameter);
    html.append("</table>");
  }

  private void parameter(JsonNode reference) {
    JsonNode parameter = contract.resolve(reference);
    html.append("<tr><td><code>")
        .append(text(parameter.path("name")))
        .append("</code></td><td>")
        .append(text(parameter.path("in")))
        .append("</td><td><code>")
        .append(escape(contract.resolve(parameter.path("schema")).toString()))
        .append("</code></td><td>")
        .append(text(parameter.path("description")))
        .append("</td></tr>");
  }

  private void content(JsonNode content) {
    for (Map.Entry<String, JsonNode> media : content.properties()) {
      html.append("<p><code>").append(escape(media.getKey())).append("</code></p>");
      html.append(schema(media.getValue().path("schema")));
    }
  }

  /** The schema as YAML, its references as links. */
  private static String schema(JsonNode schema) {
    String yaml = escape(new String(Json.yaml(schema), StandardCharsets.UTF_8));
    return "<pre>"
        + yaml.replaceAll("&quot;#/components/schemas/(\\w+)&quot;", "<a href=\"#$1\">$1</a>")
        + "</pre>";
  }

  private static String text(JsonNode node) {
    return escape(node.asText());
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
