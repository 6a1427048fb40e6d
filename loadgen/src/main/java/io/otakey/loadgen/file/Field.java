package io.otakey.loadgen.file;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What a component of a record is in the file. Its key is the component's name in kebab-case. It
 * may be left out if it has a fallback, is an {@code Optional}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Field {
  /** What it means, for people. */
  String value();

  /** The key, where the component cannot have its name. */
  String name() default "";

  /** What a component that is left out has, in YAML; empty: it must not be left out. */
  String fallback() default "";

  /** Least number, or least seconds of a time. */
  double min() default 0;

  /** Greatest number, or most seconds of a time. */
  double max() default 1e9;

  /** What text must match; empty: anything. */
  String pattern() default "";

  /** The pattern in words, if it has one. */
  String words() default "";
}
