// Nothing but the common precompiled header is made here.
