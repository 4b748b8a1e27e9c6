package org.goconc;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.ThreadFactory;

/** What {@link Thread} has for virtual threads since JDK 21, by reflection: this is compiled for 17. */
final class VirtualThreads {
  private static final MethodHandle IS_VIRTUAL = isVirtual();

  private VirtualThreads() {}

  /** {@code Thread.ofVirtual().name(prefix, 1).factory()}; null where there are no virtual threads. */
  static ThreadFactory factory(String prefix) {
    try {
      Class<?> type = Class.forName("java.lang.Thread$Builder");
      Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
      builder = type.getMethod("name", String.class, long.class).invoke(builder, prefix, 1L);
      return (ThreadFactory) type.getMethod("factory").invoke(builder);
    } catch (ClassNotFoundException | NoSuchMethodException | InvocationTargetException e) {
      return null; // older than JDK 21, or 19 and 20 without preview features
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }

  /** Lets others run, if the caller is a virtual thread. */
  static void giveWay() {
    try {
      if ((boolean) IS_VIRTUAL.invokeExact(Thread.currentThread())) Thread.yield();
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static MethodHandle isVirtual() {
    try {
      MethodType type = MethodType.methodType(boolean.class);
      return MethodHandles.publicLookup().findVirtual(Thread.class, "isVirtual", type);
    } catch (NoSuchMethodException e) {
      return MethodHandles.dropArguments(MethodHandles.constant(boolean.class, false), 0, Thread.class);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }
}
