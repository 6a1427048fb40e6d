package io.otakey.loadgen.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.geom.Ellipse2D;
import java.text.DecimalFormat;
import java.text.FieldPosition;
import java.text.NumberFormat;
import java.text.ParsePosition;
import java.util.List;
import java.util.stream.DoubleStream;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.plot.ValueMarker;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.ui.RectangleAnchor;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.chart.ui.TextAnchor;
import org.jfree.data.RangeType;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;
import org.jspecify.annotations.Nullable;

/**
 * A line chart as inline SVG, in a wide and a narrow form, its colours left to the page's style
 * sheet. JFreeChart draws, Batik writes.
 *
 * @param title what it shows
 * @param unit of the vertical axis, and more to know
 * @param across what the horizontal axis is
 * @param lines at least one point in all
 * @param marks things that happened
 */
record Chart(
    String title, String unit, String across, Scale scale, List<Line> lines, List<Mark> marks) {
  /** How the axes go. */
  enum Scale {
    LINEAR,
    /** Upwards by powers of ten. */
    LOG,
    /** As LOG, and to the right by nines: 90, 99, 99.9 percent. */
    PERCENTILES,
    /** To the right by powers of ten if values differ so much. */
    SIZES,
    /** As LOG and as SIZES. */
    LOG_BY_SIZES
  }

  /** Points from the left to the right. */
  record Line(String name, List<double[]> points) {}

  /** A letter at a place on the horizontal axis. */
  record Mark(double at, String letters) {}

  /** How wide the letter of a mark is, of what lines take in the narrow form. */
  static final double LETTER_SHARE = 0.04;

  private static final int WIDTH = 560;
  private static final int HEIGHT = 270;
  private static final int FEW_POINTS = 15;
  private static final double LEAST_ON_LOG = 1e-3;
  private static final double MANY_TIMES = 20;
  private static final double ROOM_AT_THE_RIGHT = 0.25; // of a power of ten

  /** The chart with its caption and legend; nothing if there is nothing to show. */
  String html() {
    if (lines.stream().allMatch(line -> line.points().isEmpty())) {
      return "";
    }
    StringBuilder html = new StringBuilder("<figure><figcaption>" + Html.text(title));
    html.append("<small>" + Html.text(unit) + "</small></figcaption>");
    html.append("<div class=\"wide\">" + svg(WIDTH, HEIGHT) + "</div>");
    html.append("<div class=\"narrow\">" + svg(350, 240) + "</div><ul class=\"legend\">");
    for (int i = 0; lines.size() > 1 && i < lines.size(); i++) {
      html.append("<li><i style=\"background:var(--s" + i % 6 + ")\"></i>");
      html.append(Html.text(lines.get(i).name()) + "</li>");
    }
    return html.append("</ul></figure>\n").toString();
  }

  /** The chart as a file of its own; nothing if there is nothing to show. */
  String file() {
    if (lines.stream().allMatch(line -> line.points().isEmpty())) {
      return "";
    }
    List<String> legend = lines.size() > 1 ? lines.stream().map(Line::name).toList() : List.of();
    return Svg.file(title, unit, svg(WIDTH, HEIGHT), WIDTH, HEIGHT, legend);
  }

  private String svg(int width, int height) {
    return Svg.of(new JFreeChart(null, null, plot(), false), title, width, height);
  }

  private XYPlot plot() {
    XYSeriesCollection data = new XYSeriesCollection();
    XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer(true, false);
    for (int i = 0; i < lines.size(); i++) {
      XYSeries series = new XYSeries(lines.get(i).name() + " " + i, false);
      lines.get(i).points().forEach(point -> series.add(across(point[0]), upwards(point[1])));
      data.addSeries(series);
      renderer.setSeriesPaint(i, Svg.series(i));
      renderer.setSeriesStroke(
          i, new BasicStroke(2f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
      renderer.setSeriesShape(i, new Ellipse2D.Double(-3, -3, 6, 6));
      renderer.setSeriesShapesVisible(i, lines.get(i).points().size() <= FEW_POINTS);
    }
    XYPlot plot = new XYPlot(data, axisAcross(), axisUpwards(), renderer);
    plot.setBackgroundPaint(null);
    plot.setOutlineVisible(false);
    plot.setDomainGridlinesVisible(false);
    plot.setRangeGridlinePaint(Svg.GRID);
    plot.setRangeGridlineStroke(new BasicStroke(1f));
    plot.setAxisOffset(RectangleInsets.ZERO_INSETS);
    mark(plot);
    return plot;
  }

  private void mark(XYPlot plot) {
    double end =
        lines.stream()
            .flatMap(line -> line.points().stream())
            .mapToDouble(point -> across(point[0]))
            .max()
            .orElse(0);
    for (Mark mark : marks) {
      int letters = mark.letters().length();
      boolean fits = letters < 2 || across(mark.at()) < end * (1 - letters * LETTER_SHARE);
      ValueMarker marker = new ValueMarker(across(mark.at()), Svg.MARK, dashed());
      marker.setLabel(mark.letters());
      marker.setLabelPaint(Svg.MARK);
      marker.setLabelFont(Svg.font());
      marker.setLabelAnchor(fits ? RectangleAnchor.TOP_RIGHT : RectangleAnchor.TOP_LEFT);
      marker.setLabelTextAnchor(fits ? TextAnchor.TOP_LEFT : TextAnchor.TOP_RIGHT);
      marker.setLabelOffset(new RectangleInsets(2, 4, 2, 4));
      marker.setLabelBackgroundColor(new Color(0, 0, 0, 0));
      plot.addDomainMarker(marker);
    }
  }

  private double across(double value) {
    return scale == Scale.PERCENTILES ? -Math.log10(Math.max(1e-9, 1 - value / 100)) : value;
  }

  private double upwards(double value) {
    return isLog() ? Math.max(LEAST_ON_LOG, value) : value;
  }

  private ValueAxis axisAcross() {
    boolean bySize = scale == Scale.SIZES || scale == Scale.LOG_BY_SIZES;
    if (bySize && spread(0) >= MANY_TIMES && least(0) > 0) {
      return decades(0, new LogAxis(across));
    }
    NumberAxis axis = new NumberAxis(across);
    axis.setAutoRangeIncludesZero(false);
    axis.setLowerMargin(0.02);
    axis.setUpperMargin(scale == Scale.PERCENTILES ? 0.06 : 0.02); // its last label is long
    axis.setNumberFormatOverride(
        scale == Scale.PERCENTILES ? new Nines() : new DecimalFormat("#,##0.##"));
    if (scale == Scale.PERCENTILES) {
      axis.setTickUnit(new NumberTickUnit(1));
    }
    return dressed(axis);
  }

  private ValueAxis axisUpwards() {
    if (isLog()) {
      return decades(1, new LogAxis(null));
    }
    NumberAxis axis = new NumberAxis(null);
    axis.setRangeType(RangeType.POSITIVE);
    axis.setNumberFormatOverride(new DecimalFormat("#,##0.##"));
    axis.setAutoRangeMinimumSize(most(1) == 0 ? 4 : most(1) / 10);
    if (most(1) == 0) {
      axis.setTickUnit(new NumberTickUnit(1));
    }
    return dressed(axis);
  }

  /** Powers of ten, whole ones at both ends but the right one, which has room for its number. */
  private ValueAxis decades(int coordinate, LogAxis axis) {
    double low = Math.floor(Math.log10(Math.max(LEAST_ON_LOG, least(coordinate))));
    double last = Math.log10(most(coordinate));
    double high = coordinate == 0 ? last + ROOM_AT_THE_RIGHT : Math.ceil(last + 1e-9);
    axis.setRange(Math.pow(10, low), Math.pow(10, Math.max(high, low + 1)));
    axis.setTickUnit(new NumberTickUnit(1));
    axis.setNumberFormatOverride(new DecimalFormat("#,##0.###"));
    axis.setMinorTickMarksVisible(false);
    return dressed(axis);
  }

  /** Where everything is within an order of magnitude, a straight axis shows more. */
  private boolean isLog() {
    return scale != Scale.LINEAR && scale != Scale.SIZES && spread(1) >= MANY_TIMES;
  }

  private double spread(int coordinate) {
    return most(coordinate) / Math.max(LEAST_ON_LOG, least(coordinate));
  }

  private double least(int coordinate) {
    return values(coordinate).min().orElse(0);
  }

  private double most(int coordinate) {
    return values(coordinate).max().orElse(0);
  }

  private DoubleStream values(int coordinate) {
    return lines.stream()
        .flatMap(line -> line.points().stream())
        .mapToDouble(point -> point[coordinate]);
  }

  private static ValueAxis dressed(ValueAxis axis) {
    axis.setAxisLinePaint(Svg.GRID);
    axis.setTickMarksVisible(false);
    axis.setTickLabelPaint(Svg.INK);
    axis.setLabelPaint(Svg.INK);
    axis.setTickLabelFont(Svg.font());
    axis.setLabelFont(Svg.font());
    return axis;
  }

  private static BasicStroke dashed() {
    return new BasicStroke(
        1.2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1f, new float[] {4, 4}, 0);
  }

  /** 1 is 90 %, 2 is 99 %. */
  private static final class Nines extends NumberFormat {
    private static final long serialVersionUID = 1L;

    @Override
    public StringBuffer format(double value, StringBuffer into, FieldPosition position) {
      double percent = 100 * (1 - Math.pow(10, -Math.rint(value)));
      return into.append(new DecimalFormat("0.####").format(percent)).append(" %");
    }

    @Override
    public StringBuffer format(long value, StringBuffer into, FieldPosition position) {
      return format((double) value, into, position);
    }

    @Override
    public @Nullable Number parse(String text, ParsePosition position) {
      return null;
    }
  }
}
