package io.otakey.protocol;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import io.otakey.protocol.crypto.Secret;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** How code compares bytes. */
public final class Comparisons {
  private static final Set<String> EARLY =
      Set.of("equals", "mismatch", "compare", "compareUnsigned");

  private Comparisons() {}

  /** Names of the classes that compare bytes and end at the first that differs. */
  public static Set<String> thatEndEarly(JavaClasses classes) {
    Set<String> names = new TreeSet<>();
    for (JavaClass type : classes) {
      Stream.concat(
              type.getMethodCallsFromSelf().stream(), type.getMethodReferencesFromSelf().stream())
          .filter(access -> access.getTargetOwner().isEquivalentTo(Arrays.class))
          .filter(access -> EARLY.contains(access.getTarget().getName()))
          .filter(Comparisons::isOfBytes)
          .forEach(access -> names.add(type.getSimpleName()));
    }
    return names;
  }

  /** How many methods of this name compare in constant time. */
  public static long inConstantTime(JavaClass type, String method) {
    return type.getMethods().stream()
        .filter(one -> one.getName().equals(method))
        .filter(
            one ->
                one.getMethodCallsFromSelf().stream()
                    .anyMatch(
                        call ->
                            call.getTargetOwner().isEquivalentTo(Secret.class)
                                && call.getTarget().getName().equals("equal")))
        .count();
  }

  private static boolean isOfBytes(JavaAccess<?> access) {
    return access.getTarget().getFullName().contains("([B");
  }
}
