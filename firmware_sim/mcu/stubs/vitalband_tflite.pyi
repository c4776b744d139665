from firmware_sim.mcu.tflite import Engine as Engine
