# idf.py ... -DUSER_C_MODULES=<this file>
add_library(usermod_vitalband_nn INTERFACE)
target_sources(usermod_vitalband_nn INTERFACE
    ${CMAKE_CURRENT_LIST_DIR}/module.c
    ${CMAKE_CURRENT_LIST_DIR}/conv.c
    ${CMAKE_CURRENT_LIST_DIR}/plain.c
    ${CMAKE_CURRENT_LIST_DIR}/pool.c
    ${CMAKE_CURRENT_LIST_DIR}/softmax.c
)
target_include_directories(usermod_vitalband_nn INTERFACE ${CMAKE_CURRENT_LIST_DIR})
target_link_libraries(usermod INTERFACE usermod_vitalband_nn)
