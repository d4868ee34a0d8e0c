"""Who answers what comes in: the desk, handing over between assistant and staff, and timers."""
