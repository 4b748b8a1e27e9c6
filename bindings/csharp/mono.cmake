# The assemblies, by Mono's compiler, in <build>/bindings/csharp/mono with both libraries beside
# them.
set(mono ${binary}/mono)
file(GLOB sources CONFIGURE_DEPENDS src/*.cs)
file(GLOB test_sources CONFIGURE_DEPENDS test/*.cs)
set(compile ${MCS_EXECUTABLE} -unsafe -langversion:latest -warnaserror -nologo -optimize)

add_custom_command(OUTPUT ${mono}/Goconc.dll
  COMMAND ${CMAKE_COMMAND} -E copy_directory ${native_dir} ${mono}
  COMMAND ${compile} -target:library -doc:${mono}/Goconc.xml -out:${mono}/Goconc.dll
    ${sources} ${generated}/Native.cs
  DEPENDS ${sources} ${generated}/Native.cs goconc_csharp_native
  COMMENT "Building Goconc.dll" VERBATIM)
add_custom_target(goconc_csharp ALL DEPENDS ${mono}/Goconc.dll)

find_package(PkgConfig QUIET)
if(PKG_CONFIG_FOUND)
  pkg_check_modules(NUNIT QUIET nunit)
endif()
if(NUNIT_FOUND)
  add_custom_command(OUTPUT ${mono}/Goconc.Tests.exe
    COMMAND ${CMAKE_COMMAND} -E copy_directory ${native_dir}/test ${mono}
    COMMAND ${compile} -target:exe -main:Goconc.Tests.Child -r:${mono}/Goconc.dll -pkg:nunit
      -out:${mono}/Goconc.Tests.exe ${test_sources}
    DEPENDS ${test_sources} ${mono}/Goconc.dll goconc_csharp_peer goconc_csharp_other_abi
    COMMENT "Building Goconc.Tests.exe" VERBATIM)
  add_custom_target(goconc_csharp_tests DEPENDS ${mono}/Goconc.Tests.exe)
else()
  message(STATUS "Binding csharp: no tests, NUnit was not found (Debian: libnunit-cil-dev)")
endif()
