# cpack: what `cmake --install` installs as a tarball that can be unpacked anywhere.
string(TOLOWER ${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR} platform)
set(CPACK_GENERATOR TGZ)
set(CPACK_PACKAGE_VENDOR "The goconc authors")
set(CPACK_PACKAGE_FILE_NAME goconc-${PROJECT_VERSION}-${platform})
set(CPACK_STRIP_FILES ON)
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_VERBATIM_VARIABLES ON)
include(CPack)
