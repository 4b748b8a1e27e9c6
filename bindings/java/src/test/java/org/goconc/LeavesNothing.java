package org.goconc;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** After each test no operation is pending: every wait has ended, and in the right way. */
final class LeavesNothing implements AfterEachCallback {
  @Override
  public void afterEach(ExtensionContext context) {
    Expect.eventually(() -> OperationPool.used() == 0);
  }
}
