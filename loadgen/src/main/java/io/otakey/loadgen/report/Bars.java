package io.otakey.loadgen.report;

import java.awt.Color;
import java.awt.Paint;
import java.text.DecimalFormat;
import java.util.List;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.CategoryAxis;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.plot.PlotOrientation;
import org.jfree.chart.renderer.category.BarRenderer;
import org.jfree.chart.renderer.category.StandardBarPainter;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.data.category.DefaultCategoryDataset;

/**
 * Values beside each other as bars, on a scale of powers of ten; those that matter have a colour of
 * their own.
 *
 * @param unit of the values, and more to know
 */
record Bars(String title, String unit, List<Bar> bars) {
  private static final int WIDTH = 560;
  private static final int BAR_PIXELS = 17;
  private static final int AXIS_PIXELS = 40;

  /**
   * One of them.
   *
   * @param value above 0
   * @param special whether it has the first colour
   */
  record Bar(String name, double value, boolean special) {}

  /** The chart with its caption. */
  String html() {
    int height = height();
    return "<figure><figcaption>"
        + Html.text(title)
        + "<small>"
        + Html.text(unit)
        + "</small></figcaption><div class=\"wide\">"
        + svg(WIDTH, height)
        + "</div><div class=\"narrow\">"
        + svg(350, height)
        + "</div></figure>\n";
  }

  /** The chart as a file of its own. */
  String file() {
    return Svg.file(title, unit, svg(WIDTH, height()), WIDTH, height(), List.of());
  }

  private int height() {
    return AXIS_PIXELS + BAR_PIXELS * bars.size();
  }

  private String svg(int width, int height) {
    DefaultCategoryDataset data = new DefaultCategoryDataset();
    bars.forEach(bar -> data.addValue(bar.value(), "", bar.name()));
    CategoryAxis names = new CategoryAxis();
    names.setAxisLinePaint(Svg.GRID);
    names.setTickMarksVisible(false);
    names.setTickLabelPaint(Svg.INK);
    names.setTickLabelFont(Svg.font().deriveFont(11f));
    names.setMaximumCategoryLabelWidthRatio(1f);
    names.setCategoryMargin(0.25);
    CategoryPlot plot = new CategoryPlot(data, names, values(), new Painter());
    plot.setOrientation(PlotOrientation.HORIZONTAL);
    plot.setBackgroundPaint(null);
    plot.setOutlineVisible(false);
    plot.setRangeGridlinePaint(Svg.GRID);
    plot.setAxisOffset(RectangleInsets.ZERO_INSETS);
    return Svg.of(new JFreeChart(null, null, plot, false), title, width, height);
  }

  private LogAxis values() {
    double least = bars.stream().mapToDouble(Bar::value).min().orElse(1);
    double most = bars.stream().mapToDouble(Bar::value).max().orElse(10);
    LogAxis axis = new LogAxis(null);
    axis.setRange(
        Math.pow(10, Math.floor(Math.log10(least) - 1e-9)),
        Math.pow(10, Math.ceil(Math.log10(most))));
    axis.setTickUnit(new NumberTickUnit(1));
    axis.setNumberFormatOverride(new DecimalFormat("#,##0.###"));
    axis.setMinorTickMarksVisible(false);
    axis.setTickMarksVisible(false);
    axis.setAxisLinePaint(Svg.GRID);
    axis.setTickLabelPaint(Svg.INK);
    axis.setTickLabelFont(Svg.font());
    return axis;
  }

  private final class Painter extends BarRenderer {
    private static final long serialVersionUID = 1L;

    Painter() {
      setBarPainter(new StandardBarPainter());
      setShadowVisible(false);
      setDrawBarOutline(false);
    }

    @Override
    public Paint getItemPaint(int row, int column) {
      Color own = Svg.series(0);
      return bars.get(column).special() ? own : Svg.series(1);
    }
  }
}
