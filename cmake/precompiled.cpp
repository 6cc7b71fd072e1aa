// Carries a precompiled header (precompiled.cmake); nothing of its own.
