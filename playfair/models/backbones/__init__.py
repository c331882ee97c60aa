"""frames → features: any nn.Module with `feature_dim` that maps (frame, 3, height, width) to (frame, feature).

Frames come as RGB in [0, 1]; a backbone itself turns them into what its weights expect."""
