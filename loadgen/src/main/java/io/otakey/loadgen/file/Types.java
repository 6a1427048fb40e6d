package io.otakey.loadgen.file;

import java.lang.invoke.MethodType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Optional;

/** Types of components: {@code List<X>}, {@code Optional<X>} and what is in them. */
final class Types {
  private Types() {}

  /** The class, the primitive one of boxed numbers. */
  static Class<?> raw(Type type) {
    return type instanceof ParameterizedType generic
        ? (Class<?>) generic.getRawType()
        : MethodType.methodType((Class<?>) type).unwrap().returnType();
  }

  static Type argument(Type type, int index) {
    return ((ParameterizedType) type).getActualTypeArguments()[index];
  }

  /** What is in lists and options, or the type itself. */
  static Class<?> inner(Type type) {
    Class<?> raw = raw(type);
    return raw == List.class || raw == Optional.class ? inner(argument(type, 0)) : raw;
  }
}
