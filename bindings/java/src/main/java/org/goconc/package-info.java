/**
 * Goroutines, channels, select and WaitGroup, as in Go.
 *
 * <p>A goroutine is a virtual thread where there are some (JDK 21), else a daemon thread. Channels
 * live in the native library goconc, which other languages of the same process may use at the same
 * time; a {@link org.goconc.LongChannel}, {@link org.goconc.DoubleChannel} or {@link
 * org.goconc.BytesChannel} may connect them.
 *
 * <p>Every method may be called from any thread. Methods that wait park the calling thread, never
 * inside native code, so a virtual thread does not pin its carrier; they end with an {@link
 * java.lang.InterruptedException} when it is interrupted. A null argument is a {@link
 * java.lang.NullPointerException}.
 */
package org.goconc;
