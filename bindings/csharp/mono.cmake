# The assemblies, by Mono's compiler, in <build>/bindings/csharp/mono with both libraries beside
# them.
set(mono ${binary}/mono)
set(cached ${binary}/cached)
file(GLOB sources CONFIGURE_DEPENDS src/*.cs)
file(GLOB test_sources CONFIGURE_DEPENDS test/*.cs)
set(compile ${MCS_EXECUTABLE} -unsafe -langversion:latest -warnaserror -nologo -optimize
  -keyfile:${binary}/goconc.snk)

# Mono loads only the very version that a program was built with; so a repair is no new one.
set(assembly_version ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
file(CONFIGURE OUTPUT ${binary}/AssemblyVersion.cs
  CONTENT "[assembly: System.Reflection.AssemblyVersion(\"@assembly_version@\")]\n" @ONLY)
list(APPEND sources ${binary}/AssemblyVersion.cs)

# Installed as Debian's policy has it, in a folder of its own with the native part. By a link in Mono's
# cache of assemblies, programs find it there. gacutil would copy it, away from its native part; a link
# needs no map of libraries with absolute paths, and no scripts in packages.
set(installed_dir lib/cli/goconc-${assembly_version})
set(cache_dir lib/mono/gac/Goconc/${assembly_version}.0.0__f7dabb974b962230) # the key's token
file(RELATIVE_PATH link_to_assembly /${cache_dir} /${installed_dir}/Goconc.dll)
file(RELATIVE_PATH pc_to_assembly /${CMAKE_INSTALL_LIBDIR}/pkgconfig /${installed_dir}/Goconc.dll)
configure_file(goconc-sharp.pc.in ${binary}/goconc-sharp.pc @ONLY)

add_custom_command(OUTPUT ${mono}/Goconc.dll
  COMMAND ${CMAKE_COMMAND} -E copy_directory ${native_dir} ${mono}
  COMMAND ${compile} -target:library -doc:${mono}/Goconc.xml -out:${mono}/Goconc.dll
    ${sources} ${generated}/Native.cs
  COMMAND ${CMAKE_COMMAND} -E make_directory ${cached}
  COMMAND ${CMAKE_COMMAND} -E create_symlink ${link_to_assembly} ${cached}/Goconc.dll
  DEPENDS ${sources} ${generated}/Native.cs goconc_csharp_native
  COMMENT "Building Goconc.dll" VERBATIM)
add_custom_target(goconc_csharp ALL DEPENDS ${mono}/Goconc.dll)

install(FILES ${mono}/Goconc.dll ${mono}/Goconc.xml DESTINATION ${installed_dir}
  COMPONENT csharp OPTIONAL)
install(FILES ${cached}/Goconc.dll DESTINATION ${cache_dir} COMPONENT csharp OPTIONAL)
install(FILES ${binary}/goconc-sharp.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
  COMPONENT csharp)
goconc_install_glue(goconc_csharp_native ${installed_dir} csharp)
add_dependencies(goconc_csharp goconc_csharp_native_installed)

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
