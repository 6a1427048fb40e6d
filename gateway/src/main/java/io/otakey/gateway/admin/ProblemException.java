package io.otakey.gateway.admin;

/** Ends an operation with a problem document. Carries no stack. */
final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Problem problem;

  ProblemException(Problem problem) {
    super(problem.kind().type(), null, false, false);
    this.problem = problem;
  }

  Problem problem() {
    return problem;
  }
}
