add_library(usermod_vitalband_dsp INTERFACE)

set(VITALBAND_DSP_SOURCES)
foreach(NAME module integer bytes ecg mains qrs_evidence atrial beat compression cycle quality delineation pacing period ppg upstroke motion pulse_motion breath)
    list(APPEND VITALBAND_DSP_SOURCES ${CMAKE_CURRENT_LIST_DIR}/${NAME}.c)
endforeach()
# sums wrap as they do under viper
set_source_files_properties(${VITALBAND_DSP_SOURCES} PROPERTIES COMPILE_OPTIONS -fwrapv)

target_sources(usermod_vitalband_dsp INTERFACE ${VITALBAND_DSP_SOURCES})
target_include_directories(usermod_vitalband_dsp INTERFACE ${CMAKE_CURRENT_LIST_DIR})
target_link_libraries(usermod INTERFACE usermod_vitalband_dsp)
