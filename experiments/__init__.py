"""One file per question; conf/experiment/<same name>.yaml runs it."""
