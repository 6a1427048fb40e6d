package io.otakey.loadgen.report;

import java.awt.Color;
import java.awt.Font;
import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGraphics2D;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.ui.RectangleInsets;

/** A drawing of JFreeChart as inline SVG, its colours left to the page's style sheet. */
final class Svg {
  /** What stands for the colours of the page until the SVG is text. */
  static final Color INK = new Color(1, 2, 3);

  static final Color GRID = new Color(1, 2, 4);

  static final Color MARK = new Color(1, 2, 5);

  private static final AtomicInteger NUMBER = new AtomicInteger();

  private Svg() {}

  /** The colour of a line or bar, by its number. */
  static Color series(int number) {
    return new Color(2, 0, number % 6);
  }

  static Font font() {
    return new Font(Font.SANS_SERIF, Font.PLAIN, 12);
  }

  /** The chart in a size of pixels that scales. */
  static String of(JFreeChart chart, String title, int width, int height) {
    chart.setBackgroundPaint(null);
    chart.setPadding(new RectangleInsets(4, 0, 0, 8));
    try {
      var document =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .getDOMImplementation()
              .createDocument("http://www.w3.org/2000/svg", "svg", null);
      SVGGraphics2D graphics = new SVGGraphics2D(document);
      chart.draw(graphics, new Rectangle2D.Double(0, 0, width, height));
      StringWriter text = new StringWriter();
      graphics.stream(text, true);
      return inline(text.toString(), title, width, height);
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException("the JDK makes no documents", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Without what only files need; colours by name; ids that are nobody else's on the page. */
  private static String inline(String file, String title, int width, int height) {
    String own = "k" + NUMBER.incrementAndGet() + "-";
    String open =
        String.format(
            Locale.ROOT,
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\"",
            width,
            height,
            Html.text(title));
    return file.substring(file.indexOf("<svg"))
        .replaceFirst("<svg[^>]*?(?=style=|>)", open + " ")
        .replaceAll("<!--[^>]*-->", "")
        .replaceAll("id=\"([^\"]*)\"", "id=\"" + own + "$1\"")
        .replaceAll("url\\(#([^)]*)\\)", "url(#" + own + "$1)")
        .replaceAll("rgb\\(1,\\s?2,\\s?3\\)", "var(--ink-2)")
        .replaceAll("rgb\\(1,\\s?2,\\s?4\\)", "var(--line)")
        .replaceAll("rgb\\(1,\\s?2,\\s?5\\)", "var(--bad)")
        .replaceAll("rgb\\(2,\\s?0,\\s?(\\d)\\)", "var(--s$1)")
        .replaceAll("font-family:[^;\"]*;", "")
        .replaceAll("\\s+\n", "\n");
  }
}
