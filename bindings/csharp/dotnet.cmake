# The assemblies, by the .NET SDK, which knows itself what is up to date. It leaves no server
# behind.
set(build_command ${CMAKE_COMMAND} -E env DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
  ${DOTNET_EXECUTABLE} build --configuration Release --nologo --verbosity quiet
  --disable-build-servers -p:GoconcBuild=${PROJECT_BINARY_DIR})

add_custom_target(goconc_csharp ALL
  COMMAND ${build_command} ${CMAKE_CURRENT_SOURCE_DIR}/Goconc.csproj
  COMMENT "Building Goconc.dll" USES_TERMINAL VERBATIM)
add_dependencies(goconc_csharp goconc_csharp_native)

add_custom_target(goconc_csharp_tests
  COMMAND ${build_command} -p:BuildProjectReferences=false
    ${CMAKE_CURRENT_SOURCE_DIR}/test/Goconc.Tests.csproj
  COMMENT "Building Goconc.Tests.dll" USES_TERMINAL VERBATIM)
add_dependencies(goconc_csharp_tests
  goconc_csharp goconc_csharp_peer goconc_csharp_other_abi)

# The examples, as programs in <build>/examples/csharp.
add_custom_target(goconc_csharp_examples
  COMMAND ${build_command} -p:BuildProjectReferences=false
    ${PROJECT_SOURCE_DIR}/examples/csharp/Examples.proj
  COMMENT "Building the examples in C#" USES_TERMINAL VERBATIM)
add_dependencies(goconc_csharp_examples goconc_csharp)
