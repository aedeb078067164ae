PLAYS = {}


def run(name, keep):
    return 1
