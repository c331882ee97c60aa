"""Pictures of the synthetic clips: actions → textured things in a scene → frames → a video file."""
