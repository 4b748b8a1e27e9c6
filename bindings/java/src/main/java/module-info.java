/** Goroutines, channels, select and WaitGroup, over the native library goconc. */
module org.goconc {
  exports org.goconc;
}
