"""AWS as the practice company has it: moto's IAM and STS, strict where AWS is strict, in a process of its own.

`python -m bot.practice.company.aws --port 4566` serves it. Importing this package does not import moto.
"""

ACCOUNT = "123456789012"
REGION = "eu-west-1"
KEY = "aws"
USHER_KEY_ID, USHER_SECRET = "USHERPRACTICEKEY0001", "practice-secret-of-usher"
INES_KEY_ID, INES_SECRET = "INESPRACTICEKEY00001", "practice-secret-of-ines"
ALICE_KEY_IDS = ("ALICEPRACTICEKEY0001", "ALICEPRACTICEKEY0002")
ALICE_SECRET = "practice-secret-of-alice"
